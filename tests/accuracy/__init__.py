"""lockmap measured against tables of facts about real kernels."""
