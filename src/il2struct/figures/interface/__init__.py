"""Figures of one interface or chain: contacts, bonds, buried area, fit, surfaces."""
