"""lockmap: what one kernel lock really protects, who depends on it, and what can go."""

__version__ = "0.1.0"
