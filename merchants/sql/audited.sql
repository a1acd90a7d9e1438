-- Which tables of shops and their people are audited: one line each.

SELECT audit_table('merchants_membership', 'merchants.membership', ignored => '{seen_event_id}',
                   part_of => 'core.user', of_column => 'user_id');
SELECT audit_table('merchants_invitation', 'merchants.invitation', ignored => '{token_hash}');
SELECT audit_table('merchants_merchant', 'merchants.merchant', ignored => '{content_index}');
SELECT audit_table('merchants_agentpoint', 'merchants.agentpoint');
SELECT audit_table('merchants_agentauthorization', 'merchants.agentauthorization', ignored => '{content_index}',
                   part_of => 'merchants.agentpoint', of_column => 'agent_point_id');
SELECT audit_table('merchants_commitmentletter', 'merchants.commitmentletter',
                   part_of => 'merchants.merchant', of_column => 'merchant_id');
SELECT audit_table('merchants_training', 'merchants.training');
SELECT audit_table('merchants_training_attended_by', 'merchants.training_attended_by',
                   part_of => 'merchants.training', of_column => 'training_id');
SELECT audit_table('merchants_inspection', 'merchants.inspection');
SELECT audit_table('merchants_inspectionphoto', 'merchants.inspectionphoto',
                   part_of => 'merchants.inspection', of_column => 'inspection_id');
SELECT audit_table('merchants_inspectiontask', 'merchants.inspectiontask',
                   part_of => 'merchants.merchant', of_column => 'merchant_id');
SELECT audit_table('merchants_samplinglot', 'merchants.samplinglot');
SELECT audit_table('merchants_lotreport', 'merchants.lotreport',
                   part_of => 'merchants.samplinglot', of_column => 'lot_id');
SELECT audit_table('merchants_samplingplan', 'merchants.samplingplan');
SELECT audit_table('merchants_plannedcategory', 'merchants.plannedcategory',
                   part_of => 'merchants.samplingplan', of_column => 'plan_id');
SELECT audit_table('merchants_correctionorder', 'merchants.correctionorder');
SELECT audit_table('merchants_enforcementcase', 'merchants.enforcementcase');
SELECT audit_table('merchants_tradeinevent', 'merchants.tradeinevent');
SELECT audit_table('merchants_tradeinevent_merchants', 'merchants.tradeinevent_merchants',
                   part_of => 'merchants.tradeinevent', of_column => 'tradeinevent_id');
SELECT audit_table('merchants_publicity', 'merchants.publicity', sealed => '{proof}');
