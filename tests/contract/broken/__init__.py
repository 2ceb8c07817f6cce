"""Stores with one fault each, taken from what public ChatKit stores got wrong.

The suite must fail on each of them, for the right reason, and pass on the sound one.
"""
