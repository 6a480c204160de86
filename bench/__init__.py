"""Runnable comparisons: what is measured, and beside what, stands in each module."""
