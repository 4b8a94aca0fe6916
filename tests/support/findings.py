"""Vulnerabilities to plant in the simulator, and the reports of them."""

TRIVY = {"name": "Trivy", "url": "http://trivy-adapter:8080"}
"""The scanner that comes with Harbor."""
OPENSSL: dict[str, object] = {
    "id": "CVE-2023-0286",
    "package": "openssl",
    "version": "1.1.1n-0+deb11u3",
    "fix_version": "1.1.1n-0+deb11u4",
    "severity": "High",
    "description": "X.400 address type confusion",
    "links": ["https://avd.aquasec.com/nvd/cve-2023-0286"],
    "cwe_ids": ["CWE-843"],
    "cvss": {"nvd": {"V3Score": 7.4, "V3Vector": "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:H"}},
}
"""One that a newer package mends."""
APT: dict[str, object] = {
    "id": "CVE-2011-3374",
    "package": "apt",
    "version": "2.2.4",
    "severity": "Low",
}
"""One that nobody mends or rates."""
