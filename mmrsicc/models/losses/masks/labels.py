"""Labels of change masks."""

#: Label of pixels that no loss counts: padding, and whatever the annotators left out.
IGNORED = 255
