"""The site: a map as pages to read, by Sphinx, with everything linked to the source."""
