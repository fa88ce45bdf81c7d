"""What answers an HTTP request, by audience."""
