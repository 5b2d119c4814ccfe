"""The definitions of the coding exercises, one file a lesson: ``lesson_02.py`` holds those of lesson 02."""
