"""Rules: under which locks the fields of structs are accessed, and where not."""
