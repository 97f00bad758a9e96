"""What Handout Press costs, as ratios against others on the same machine in the same minutes."""
