"""Dispatch: finished copies -> a file, paper or a patient's inbox, each with its record."""
