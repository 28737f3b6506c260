"""The commands caption with the model and the pictures of the inferencer's tests."""

from test_apis.conftest import checkpoint, folders

__all__ = ["checkpoint", "folders"]
