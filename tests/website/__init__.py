"""The site: what its pages say, that they hang together, and what a browser makes of them."""
