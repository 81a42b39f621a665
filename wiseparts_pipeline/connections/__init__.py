"""Other systems whose records can be read: one small protocol, and a module for each system.

To add a system: its class in a package of its own, with the methods of `base.Connected`; its name in SYSTEMS and in
`config.connections.connection.System`; its pulls in `configurations/`; its page in docs/configurations.md.
"""
