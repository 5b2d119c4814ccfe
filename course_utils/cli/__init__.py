"""The command ``course``: lab, run, test, doctor, notebooks.

Nothing is imported here: ``course.py`` reads ``cli.installation`` with a bare Python, before
anything is installed.
"""
