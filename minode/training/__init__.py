"""Networks trained, evaluated and used."""
