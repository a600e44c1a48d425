"""Who may see and do what: people, roles and scopes, their passwords and sessions, and the audit.

People and what they may do stand in `state.sqlite`, each change with author and time. What opens
the door (password hashes, sessions, failed tries) stands in `door.sqlite`, and what happened behind
it in `audit.sqlite`, which only grows.
"""
