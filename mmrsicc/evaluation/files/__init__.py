"""Files of predicted sentences and the arguments that name them."""
