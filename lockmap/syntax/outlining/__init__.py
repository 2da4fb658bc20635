"""One compiled pass over a text: its definitions, references and names."""
