"""Trajectories and ensembles, frame by frame."""
