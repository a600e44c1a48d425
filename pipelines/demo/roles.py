"""Who works at a site: roles, wages and how many shifts the work needs."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.demo.group import CLINIC, HOME, URGENT


@dataclass(frozen=True)
class Role:
    """A job role. `wage` is dollars an hour today; `hours` worked per visit or resident day.

    `exempt` roles are paid no overtime. `office` roles work Monday to Friday, however busy it is,
    and their `hours` are hours a working day. `pbj` is the column of the CMS staffing return.
    """

    name: str
    wage: float
    hours: float
    exempt: bool = False
    office: bool = False
    pbj: str = ""


SHIFT = {CLINIC: 8.0, URGENT: 10.0, HOME: 8.0}  # hours of a usual shift without overtime

ROLES: dict[str, tuple[Role, ...]] = {
    CLINIC: (
        Role("Physician", 126.00, 0.165, exempt=True),
        Role("Nurse Practitioner", 63.00, 0.235, exempt=True),
        Role("RN", 40.50, 0.190),
        Role("LPN", 29.20, 0.105),
        Role("Medical Assistant", 20.60, 0.560),
        Role("Lab Technician", 25.10, 0.110),
        Role("Front Desk", 18.70, 0.370),
        Role("Billing Clerk", 22.10, 0.150),
        Role("Practice Manager", 45.00, 8.0, exempt=True, office=True),
    ),
    URGENT: (
        Role("Physician", 132.00, 0.130, exempt=True),
        Role("Physician Assistant", 64.00, 0.420, exempt=True),
        Role("RN", 42.00, 0.240),
        Role("Medical Assistant", 21.40, 0.620),
        Role("X-ray Technologist", 34.50, 0.270),
        Role("Front Desk", 19.10, 0.450),
        Role("Site Manager", 43.00, 8.0, exempt=True, office=True),
    ),
    HOME: (
        Role("Director of Nursing", 58.00, 8.0, exempt=True, office=True, pbj="Hrs_RNDON"),
        Role("RN Supervisor", 45.50, 0.130, pbj="Hrs_RNadmin"),
        Role("RN", 41.00, 0.420, pbj="Hrs_RN"),
        Role("LPN", 30.10, 0.820, pbj="Hrs_LPN"),
        Role("CNA", 19.60, 2.150, pbj="Hrs_CNA"),
        Role("Medication Aide", 21.70, 0.120, pbj="Hrs_MedAide"),
        Role("Dietary Aide", 16.20, 0.520),
        Role("Cook", 19.00, 0.230),
        Role("Housekeeper", 16.30, 0.470),
        Role("Laundry Aide", 15.90, 0.160),
        Role("Activities Aide", 17.60, 0.160),
        Role("Therapist", 46.50, 0.220),
        Role("Receptionist", 17.40, 0.110),
        Role("Maintenance Technician", 25.30, 8.0, office=True),
        Role("Social Worker", 33.20, 8.0, exempt=True, office=True),
        Role("Administrator", 62.00, 8.0, exempt=True, office=True),
    ),
}

NAMES = tuple(sorted({role.name for roles in ROLES.values() for role in roles}))
AGENCY_ROLES = ("RN", "LPN", "CNA")
