"""Networks that read series at irregular times, or tell how they go on."""
