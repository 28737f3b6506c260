"""Images inside HTML pages."""

import base64
from io import BytesIO

from PIL import Image


def data_uri(image: Image.Image) -> str:
    """Data URI of an image, for embedding it in a page."""
    buffer = BytesIO()
    image.save(buffer, format="JPEG", quality=88)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
