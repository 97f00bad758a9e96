"""Folders and files to begin with: a clinic, a sheet, changes to a shipped sheet."""
