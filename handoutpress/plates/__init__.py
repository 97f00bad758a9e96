"""Plates: one layout for many patients, kept on disk so that the next copy needs no engine."""
