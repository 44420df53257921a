"""Problems with known gradients, and problems of the literature."""
