"""The contract suite over our own stores, and over stores with a fault each."""
