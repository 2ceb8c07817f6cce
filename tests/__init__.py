"""Tests of chatkit-forge, a package so that rooms can share what they need by import."""
