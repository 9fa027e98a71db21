"""The one place that hides secrets and cleans text before anybody sees it."""
