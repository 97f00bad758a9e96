"""Batches: a copy for each row of a table, on this machine's processors or on other machines."""
