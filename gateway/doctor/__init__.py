"""`deskgate doctor`: everything the configuration names is tried from outside, and each trouble is told with its cure.

`examination.py` runs the checks, each in a thread and all within a time; the other files hold one group of checks each.
Nothing is changed, apart from a mail to ourselves, which is taken out of the books again as what it is.
"""
