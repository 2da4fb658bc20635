"""What the project promises as a whole: its commands, its manual, its packages, its own rules."""
