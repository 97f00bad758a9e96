"""What only development needs: the set-up of a fresh machine, and the pages of reference."""
