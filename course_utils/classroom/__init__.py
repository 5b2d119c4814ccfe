"""The graded class: roster, release, collecting, grading in a sandbox, feedback, reports."""
