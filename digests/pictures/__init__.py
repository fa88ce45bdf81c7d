"""Pictures of a week, drawn by us: its map, its topics' shares, and the card shown beside a shared link."""
