"""Submissions that cheat, break things or are broken, and what each of them must come to."""
