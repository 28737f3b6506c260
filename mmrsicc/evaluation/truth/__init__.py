"""Truth of sentences about generated pairs."""
