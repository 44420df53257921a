"""Networks: layers, blocks, models, losses, optimisers."""
