-- What the application deletes from: stages that a new version has no more, instalments that are planned anew, marks, and what a walk went by.
SELECT application_deletes('subsidies_stage');
SELECT application_deletes('subsidies_recoveryinstalment');
SELECT application_deletes('subsidies_caselook');
SELECT application_deletes('subsidies_signalsweep');
SELECT application_deletes('subsidies_walkdue');
