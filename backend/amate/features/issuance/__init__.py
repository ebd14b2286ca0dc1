"""From an offer made at a module to a credential and passes on a phone: OpenID4VCI 1.0, pre-authorised code flow.

Store before signing: the only way to a signature leads through `intents`, which commits what will be signed first. A
signature that may have left the house can always be found and revoked, because its status index is known.

Why refresh tokens are not rotated: a rotated token dies when the answer that carries its successor is lost, and on
prepaid data answers are lost every day; the person would have to go back to a module. Ours is bound to the phone's key
by DPoP instead, so a stolen one is worth nothing (RFC 9700 §4.14.2 asks for one or the other).
"""
