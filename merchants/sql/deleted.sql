-- What the application deletes from: what a register's file made and is taken back, who took part in what, and photos of
-- a visit that say nothing.
SELECT application_deletes('merchants_merchant');
SELECT application_deletes('merchants_agentpoint');
SELECT application_deletes('merchants_agentauthorization');
SELECT application_deletes('merchants_training_attended_by');
SELECT application_deletes('merchants_tradeinevent_merchants');
SELECT application_deletes('merchants_inspectionphoto');
