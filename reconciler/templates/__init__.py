"""Pipelines ready to use: files of the names and places that their platforms look for."""
