"""The map: one SQLite file with a documented schema, which every product reads."""
