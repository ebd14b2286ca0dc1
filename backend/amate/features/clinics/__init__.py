"""Medical units (CLUES) and the nearest one.

A unit's key never dies: when a state's services moved to IMSS-Bienestar, the old key was closed and a new one opened at
the same point. Cards and records name the old one, so each closed unit keeps a pointer to the one that replaced it.
Source: DGIS, monthly catalogue ESTABLECIMIENTO_SALUD_YYYYMM.
"""
