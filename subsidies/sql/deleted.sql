-- What the application deletes from: stages that a new version has no more, instalments that are planned anew, and marks.
SELECT application_deletes('subsidies_stage');
SELECT application_deletes('subsidies_recoveryinstalment');
SELECT application_deletes('subsidies_caselook');
SELECT application_deletes('subsidies_signalsweep');
