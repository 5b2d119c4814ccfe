"""The arithmetic behind the explorers: pure NumPy, no front end, tested against Keras and SciPy."""
