"""6: what is entered -> accounting and review. The later issues deepen it."""
