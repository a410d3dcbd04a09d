"""Faces: how people and programs reach the jobs."""
