"""Runs that figures are made of: trained where they are not there yet, or on record."""
