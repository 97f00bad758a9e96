"""Finished bytes -> the place or person they are for."""
