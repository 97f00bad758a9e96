"""Checked models -> one HTML document. Jinja2 lives here and nowhere else."""
