"""Problems to differentiate: some with closed forms, those of the literature with a reference for their gradients."""
