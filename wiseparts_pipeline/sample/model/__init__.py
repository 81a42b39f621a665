"""The model of the distributor: its catalogue, customers and deals, and the documents that follow from them."""
