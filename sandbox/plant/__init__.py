"""A wind plant: its turbines' readings."""
